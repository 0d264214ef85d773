"""What falls due when at the authority, for its calendar page and for the calendars of its officers, and the numbers that its
plots draw."""
