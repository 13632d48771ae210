package metric

import "time"

const (
	// nativeFactor is how much wider each native bucket is than the one before.
	nativeFactor = 1.1
	// nativeBuckets is how many native buckets there are at most before they get wider; 0.1 ms to
	// 1 s takes 107.
	nativeBuckets = 120
	// nativeReset is the least time after which a histogram with more of them begins again.
	nativeReset = time.Hour
)
