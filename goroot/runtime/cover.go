// Coverage: what instrumented packages register, and what package runtime/coverage asks for. Without -cover there is nothing.

package runtime

import (
	"internal/coverage/rtcov"
	"unsafe"
)

var covMeta []rtcov.CovMetaBlob

// addCovMeta is called by each instrumented package's initialisation; it answers the package's number, from 1.
func addCovMeta(p unsafe.Pointer, dlen uint32, hash [16]byte, pkpath string, pkid int, cmode, cgran uint8) uint32 {
	covMeta = append(covMeta, rtcov.CovMetaBlob{P: (*byte)(p), Len: dlen, Hash: hash, PkgPath: pkpath, PkgID: pkid, CounterMode: cmode, CounterGranularity: cgran})
	return uint32(len(covMeta))
}

//go:linkname coverage_getCovMetaList runtime/coverage.getCovMetaList
func coverage_getCovMetaList() []rtcov.CovMetaBlob { return covMeta }

// coverage_getCovPkgMap says where in the list the packages are whose numbers the compiler fixes: those that package runtime imports, and
// itself. They are initialised before any could ask for a number.
//
//go:linkname coverage_getCovPkgMap runtime/coverage.getCovPkgMap
func coverage_getCovPkgMap() (slots map[int]int) {
	for slot := range covMeta {
		if id := covMeta[slot].PkgID; id != -1 {
			if slots == nil {
				slots = make(map[int]int)
			}
			if _, twice := slots[id]; twice {
				throw("runtime.addCovMeta: coverage package map collision")
			}
			slots[id] = slot
		}
	}
	return
}

//go:linkname coverage_getCovCounterList runtime/coverage.getCovCounterList
func coverage_getCovCounterList() []rtcov.CovCounterBlob {
	at, end := firstmoduledata.covctrs, firstmoduledata.ecovctrs
	if at == end {
		return nil
	}
	first := *(**uint32)(unsafe.Pointer(&at))
	return []rtcov.CovCounterBlob{{Counters: first, Len: uint64(end-at) / 4}}
}
