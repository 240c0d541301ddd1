"""Judging whole files quickly: decoded columns and facts, looked up."""
