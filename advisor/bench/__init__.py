"""``advisor bench``: planted faults, a person's own fixes, and peers, measured on hidden rows."""
