"""The cheapest change of a recording after which nothing in it is illegal: one search of edits."""
