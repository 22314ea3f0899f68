#!/bin/sh
# Promote a version, wherever Docker is, and put it back: its status before was Unlisted.
#
#     ./docker-run.sh v1.3.0 [DIRECTORY]
#     ./docker-run.sh back DIRECTORY
#
# AWS credentials come from the environment (AWS_ACCESS_KEY_ID and so on), or, with ID_TOKEN_FILE
# and ROLE, from an OIDC token in a file. The directory (by default codeartifact-v1.3.0, in the
# current one) is for the reports of one run: status.env, status.md, result.json, undo.json.
set -eu

# A tag moves; @sha256:… doesn't. The digest stands in the action.yml of the release.
image=ghcr.io/owner/codeartifact-status:0.1.0
tag=${1:?which tag, such as v1.3.0, or back}

if [ "$tag" = back ]; then
  directory=${2:?the directory of which run}
  if ! grep -q '{' "$directory/undo.json"; then
    echo "that run has changed nothing, so there is nothing to put back" >&2
    exit 2
  fi
  set -- --packages @undo.json --summary-file status.md --undo-file redo.json --output none
else
  directory=${2:-codeartifact-$tag}
  if [ -e "$directory/undo.json" ]; then
    echo "$directory holds the way back of a former run: name another directory" >&2
    exit 2
  fi
  mkdir -p "$directory"
  set -- --repository npm-store --format npm --package @acme/core \
    --versions "${tag#v}" --expected-status Unlisted --target-status Published \
    --output-file status.env --summary-file status.md \
    --result-file result.json --undo-file undo.json --output none
fi
# Docker takes a relative path for the name of a volume.
directory=$(realpath "$directory")

if [ -n "${ID_TOKEN_FILE:-}" ]; then
  exec docker run --rm --user "$(id -u):$(id -g)" \
    --volume "$directory:/workspace" --workdir /workspace \
    --volume "$(realpath "$ID_TOKEN_FILE"):/run/id-token:ro" \
    "$image" --region eu-west-1 --domain acme "$@" \
    --role-to-assume "${ROLE:?which role}" --web-identity-token-file /run/id-token
fi

exec docker run --rm --user "$(id -u):$(id -g)" \
  --volume "$directory:/workspace" --workdir /workspace \
  --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_SESSION_TOKEN \
  "$image" --region eu-west-1 --domain acme "$@"
