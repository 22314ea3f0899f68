#!/bin/sh
# Promote a version, wherever Docker is: ./docker-run.sh v1.3.0
#
# The version was published as Unlisted before. AWS credentials come from the environment
# (AWS_ACCESS_KEY_ID and so on), or, with ID_TOKEN_FILE and ROLE, from an OIDC token in a file.
# What is left in the current directory: status.env, status.md, result.json, undo.json. To go back:
# the same with `--domain acme --packages @undo.json` in place of what is to be changed.
set -eu

# A tag moves; @sha256:… doesn't. The digest stands in the action.yml of the release.
image=ghcr.io/OWNER/codeartifact-status:0.1.0
tag=${1:?which tag, such as v1.3.0}

# What an earlier run has left there isn't this one's.
rm -f status.env status.md result.json undo.json

set -- --domain acme --repository npm-store --format npm --package @acme/core \
  --versions "${tag#v}" --expected-status Unlisted --target-status Published \
  --output-file status.env --summary-file status.md \
  --result-file result.json --undo-file undo.json

if [ -n "${ID_TOKEN_FILE:-}" ]; then
  exec docker run --rm --user "$(id -u):$(id -g)" \
    --volume "$PWD:/workspace" --workdir /workspace \
    --volume "$ID_TOKEN_FILE:/run/id-token:ro" \
    "$image" --role-to-assume "$ROLE" --web-identity-token-file /run/id-token \
    --region eu-west-1 "$@"
fi

exec docker run --rm --user "$(id -u):$(id -g)" \
  --volume "$PWD:/workspace" --workdir /workspace \
  --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY --env AWS_SESSION_TOKEN \
  "$image" --region eu-west-1 "$@"
