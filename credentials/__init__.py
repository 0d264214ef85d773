"""What is offered: credentials, their revisions, accreditations, and the applications for them."""
