"""Stand-in for the package of the same name: the import paths that packs use, answered by squall_host."""

__version__ = "3.10dev"
