"""Programs run over all samples at once by numpy alone."""
