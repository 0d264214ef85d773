"""Following the register without an account: what there is to tell of an entry, a provider or a saved search, as a feed
that programs read and as mail to whoever asked for it and confirmed it.

All of it is read from the journal and the search index, so that nothing can be told that is not public (design 4.10).
"""
