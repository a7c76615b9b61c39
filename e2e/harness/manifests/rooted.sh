#!/bin/sh
# Pods have no file system of their own here: a command that `kubectl exec` runs starts in the pod's folder. This
# stands in for a program of the same name and takes /app/visits to mean ./app/visits there.
for argument in "$@"; do
  shift
  case $argument in /*) argument=.$argument ;; esac
  set -- "$@" "$argument"
done
PATH=${PATH#*:}
exec "$(basename "$0")" "$@"
