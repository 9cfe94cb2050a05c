"""Stand-in used when no real st2client is installed in the environment of the pack."""
