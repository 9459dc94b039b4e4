"""The commands of `kb`, one file a noun; each wires the packages that it needs."""
