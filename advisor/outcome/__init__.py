"""What a run leaves behind: its folder, what it found, its files, what it says on the way."""
