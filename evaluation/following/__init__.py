"""The folder that an evaluation alone puts on PYTHONPATH, so that its processes follow the evaluation's clock."""
