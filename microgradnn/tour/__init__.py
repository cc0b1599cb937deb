"""The articles' networks, trained and shown: on the screen and as a folder to look at."""
