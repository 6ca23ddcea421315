"""A Report becomes text: terminal lines, JSON, Markdown, HTML.  Pure; nothing here touches a disk.

Every sentence lives in ``locale/*.yaml``; a Report holds codes and numbers only.
"""
