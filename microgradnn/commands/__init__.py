"""What the command line does with a Value in a user's Python file: drawing, explaining, stepping through."""
