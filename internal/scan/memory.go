package scan

// What the decoder allocates, from above. A test compares it with what it does allocate, for each
// list, map and text of each kind.

// listGrowth is the memory of an element of a growing slice: the runtime makes it a quarter longer
// than needed, and keeps the old one while it copies.
func listGrowth(element int) int { return element*9/4 + 1 }

const (
	// mapHeader is the memory of an empty map.
	mapHeader = 48
	// slots is how many entries the smallest map has room for.
	slots = 8
)

// firstSlots is the memory that a map takes for its first entry, and all up to the eighth.
func firstSlots(entry int) int { return slots * (entry + 1) }

// mapGrowth is the memory of each entry of a growing map: it doubles when 7 of 8 slots are full,
// and keeps the old one while it copies.
func mapGrowth(entry int) int { return (entry + 1) * 7 / 2 }

// textMemory is the memory of a text: the allocator rounds up, by less than an eighth for long
// ones. The texts of one byte are there once.
func textMemory(length int) int {
	const least = 16
	if length <= 1 {
		return 0
	}
	return max(length+length/8+8, least)
}

const (
	// anyMemory is the memory of a value that is decoded without a type.
	anyMemory = 128
	// shortQuantity is the length of quantities that are parsed without allocating. longQuantity is
	// what others allocate, for a while.
	shortQuantity = 16
	longQuantity  = 1 << 10
)
