"""Reading curves: what state is the model in, and what does that point to?"""
