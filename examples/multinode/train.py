#!/usr/bin/env python3
"""Stands for the real training: a worker says who it is. A real one calls torch.distributed.init_process_group()."""
import argparse
import os
import pathlib

arguments = argparse.ArgumentParser()
arguments.add_argument("--lr", type=float, required=True)
lr = arguments.parse_args().lr

rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
line = f"worker {rank} of {world}, number {os.environ['LOCAL_RANK']} of its node, trains with lr {lr}"
print(line, flush=True)
pathlib.Path(os.environ["SBRAID_RUN_DIR"], f"worker.{rank}").write_text(line + "\n")
