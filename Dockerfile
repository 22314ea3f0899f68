# The base is an argument so that it can be replaced where its registry can't be reached.
ARG PYTHON_IMAGE=python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${PYTHON_IMAGE} AS build
# For whoever has a package index of their own; pip reads it from the environment.
ARG PIP_INDEX_URL
WORKDIR /build
COPY requirements/runtime.txt ./
RUN python -m venv --without-pip /opt/action \
 && python -m pip --python /opt/action/bin/python install \
      --disable-pip-version-check --root-user-action ignore --no-cache-dir --quiet \
      --no-deps --require-hashes --only-binary :all: --no-compile --requirement runtime.txt
COPY image/prepare.py entrypoint.py ./
# An installed package, so that nothing in the workspace can stand in for it.
COPY src/codeartifact_status ./codeartifact_status
RUN mv codeartifact_status /opt/action/lib/python3*/site-packages/ \
 && python prepare.py /opt/action entrypoint.py /tree

FROM ${PYTHON_IMAGE}
COPY --from=build /tree /
# Root, because the runner's files and the workspace belong to it; an absolute path and -I, because
# the job's PATH and PYTHON* variables reach into the container; and no shell.
ENTRYPOINT ["/opt/action/bin/python", "-I", "/opt/action/entrypoint.py"]
# Last, so that they change no layer.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="codeartifact-status" \
      org.opencontainers.image.description="Set the status of package versions in AWS CodeArtifact, in batch, and tell the truth about it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/OWNER/codeartifact-status" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
