"""Pictures: values become inline SVG with a title, a description and a table behind it.

Pure functions; ``figures.py`` lists them in the order of the page, one file draws one picture.
"""
