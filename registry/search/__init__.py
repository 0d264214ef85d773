"""Search: a tantivy index that follows the journal, and can be thrown away and built again."""
