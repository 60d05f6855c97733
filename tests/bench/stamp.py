#!/usr/bin/env python3
"""Copies the requests of the service's log from standard input, each with the time it was seen."""
import sys
import time

for line in sys.stdin.buffer:
    if line.startswith((b"submit ", b"poll ")):
        sys.stdout.buffer.write(b"%.6f %s" % (time.time(), line))
        sys.stdout.buffer.flush()
