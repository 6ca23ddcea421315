"""Can this evaluation be believed?  Checks that end in Findings."""
