#!/bin/sh
# Back up the workspace, check the copy, and keep the newest ones:   backup.sh FOLDER [HOW_MANY]
# GRIDMAP_WORKSPACE names the workspace, PYTHON the interpreter of the virtual environment.
set -eu
folder=${1:?usage: backup.sh FOLDER [HOW_MANY]}
keep=${2:-30}
python=${PYTHON:-python}
app=$(dirname "$0")/../app.py
mkdir -p "$folder"
target=$folder/gridmap-$(date +%Y%m%d-%H%M%S).gpkg
"$python" "$app" backup "$target"

# A backup that cannot be restored is none: restore it beside, and throw that away.
trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
"$python" "$app" restore "$target" --workspace "$trial/trial.gpkg"

ls -1t "$folder"/gridmap-*.gpkg | tail -n "+$((keep + 1))" | while IFS= read -r old; do rm -- "$old"; done
