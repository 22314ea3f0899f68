# The base is an argument so that it can be replaced where its registry can't be reached.
ARG PYTHON_IMAGE=python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements/runtime.txt ./
RUN python -m venv /opt/action \
 && /opt/action/bin/python -m pip install --disable-pip-version-check --no-cache-dir \
      --no-deps --require-hashes --only-binary :all: --no-compile -r runtime.txt
COPY src/codeartifact_status /build/src/codeartifact_status
# An installed package, so that nothing in the workspace can stand in for it; and only the data of
# the two services that are called, out of the 30 MB of botocore's.
RUN site=$(/opt/action/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && cp -r src/codeartifact_status "$site/" \
 && find "$site/botocore/data" -mindepth 1 -maxdepth 1 -type d \
      ! -name codeartifact ! -name sts ! -name sso ! -name sso-oidc ! -name signin -exec rm -r {} + \
 && rm -r "$site"/pip "$site"/pip-*.dist-info \
 && /opt/action/bin/python -m compileall -q "$site"

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="codeartifact-status" \
      org.opencontainers.image.description="Set the status of package versions in AWS CodeArtifact" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/action /opt/action
COPY entrypoint.py /opt/action/entrypoint.py
# Root, because the runner's files and the workspace belong to it; an absolute path and -I, because
# the job's PATH and PYTHON* variables reach into the container.
ENTRYPOINT ["/opt/action/bin/python", "-I", "/opt/action/entrypoint.py"]
