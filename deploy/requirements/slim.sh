#!/bin/sh
# Remove files that no process reads from an image's environment: sh slim.sh /venv
set -eu
cd "$1"/lib/python3*/site-packages
# Tests of packages, with their data; headers and static libraries for compilers. Stubs (.pyi) stay: librosa reads its own.
find . -depth -type d \( -name tests -o -path './torch/include' -o -path './torch/share' -o -path './numpy/_core/include' \) -exec rm -rf {} +
find . -type f \( -name '*.a' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h' \) -delete
# Of Amazon's services only S3, and those for its authentication.
if [ -d botocore/data ]; then
  find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts ! -name sso ! -name sso-oidc ! -name signin -exec rm -rf {} +
fi
