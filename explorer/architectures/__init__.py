"""Networks written as code: for files that hold weights alone, and to look at with no file at all."""
