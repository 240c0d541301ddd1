"""Recordings: what their files hold, line by line, in which order, and what each line says. It knows no judging.

`lines` has the values that reading gives, `reading` gives them, `records` says what one of them means, and `ordering`
puts those of several files together. The formats have modules of their own.
"""
