#!/bin/bash
# Stands for a server.
echo "$1 is up"
exec sleep infinity
