"""From paired differences to a verdict: is it proven?"""
