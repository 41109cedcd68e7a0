"""Sanitizers make everything several times slower; they look for other faults than wrong pictures,
and find them in fewer cases of each kind. The release build runs them all."""
import os

is_sanitized = os.environ.get("REELPOOL_SANITIZED") == "1"
