
# What follows is not of Go's script, which stands above: the entries of maps, which are other tables here (crates/maps/src/header.rs).


class GoxideMapPrinter:
	"""Pretty print maps in any of their three shapes."""

	pattern = MapTypePrinter.pattern
	SLOTS = 8
	OVERSIZE = 8

	def __init__(self, val):
		self.val = val

	def display_hint(self):
		return 'map'

	def to_string(self):
		return str(self.val.type)

	def tables(self):
		"""Address of the groups, how many, and address of their control words (0: each is in its group), table by table."""
		uintptr = gdb.lookup_type('uintptr')
		word = lambda at: int(gdb.Value(at).cast(uintptr.pointer()).dereference())
		depth, tables, controls = int(self.val['depth']), int(self.val['buckets'].cast(uintptr)), int(self.val['B'])
		lg = lambda meta: meta >> 40 & 0xff
		if depth > 0:
			metas = int(self.val['oldbuckets'].cast(uintptr))
			entry = 0
			while entry < 1 << depth:
				meta = word(metas + 8 * entry)
				yield word(tables + 16 * entry) & ~7, 1 << lg(meta), word(tables + 16 * entry + 8)
				# A table that is less deep has several entries.
				entry += 1 << (depth - (meta >> 32 & 0xff))
		elif controls != 0:
			yield tables & ~7, 1 << lg(int(self.val['meta'])), controls
		elif tables != 0:
			yield tables, 1, 0

	def children(self):
		group = self.val['buckets'].type
		byte = gdb.lookup_type('uint8').pointer()
		# Where the type says that slots hold pointers to large keys or values, these are what is shown.
		n = 0
		for groups, count, controls in self.tables():
			for i in range(count):
				at = gdb.Value(groups).cast(group) + i
				control = gdb.Value(controls + 8 * i).cast(byte) if controls else at.cast(byte)
				for slot in range(self.SLOTS):
					if int(control[slot]) & 0x80:
						yield str(n), at['keys'][slot]
						yield str(n + 1), at['values'][slot]
						n += 2


goobjfile.pretty_printers.insert(0, makematcher(GoxideMapPrinter))
