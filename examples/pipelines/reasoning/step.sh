#!/bin/bash
# Stands for the real programs.
echo "$*"
