"""What the knowledge is and how a question is answered."""

from importlib.metadata import version

__version__ = version("kb")
