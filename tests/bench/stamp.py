#!/usr/bin/env python3
"""Copies the lines of requests from the service's log on standard input, with the current time in front."""
import sys
import time

for line in sys.stdin.buffer:
    if line.startswith((b"submit ", b"poll ")):
        sys.stdout.buffer.write(b"%.6f %s" % (time.time(), line))
        sys.stdout.buffer.flush()
