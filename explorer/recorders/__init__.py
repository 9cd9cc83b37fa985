"""Scripts for the machine that still runs the original: each writes a reference, and none needs Portside or another.

They run wherever their framework does, some under Python 2.7, and are never imported here: ``portside recorders``
copies them. Their last part is the same in all of them, so that one file is all that has to be taken along.
"""
