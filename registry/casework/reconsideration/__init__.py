"""Reconsiderations: a decision is looked at again (section 4.8 of the domain specification).

`table` is how one goes from state to state, `form` what the body says, `described` what is read of it, `kind` the kind of
case. What is done with one is in `registry.casework.services.reconsidering`.
"""
