#!/bin/sh
# Prints how full the file system below a path is, in per cent.
df -P "$1" | awk 'NR == 2 { sub("%", "", $5); print $5 }'
