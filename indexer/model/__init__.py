"""The embedding model: the packaged default, conversion for OpenVINO, and the check of both."""
