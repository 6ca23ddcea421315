"""Which knob belongs to which stage: of the families, and of a person's own model."""
