// run

// Hash functions, the ones with assembly included: known digests, pieces of all sizes.
package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"hash/maphash"
)

func main() {
	data := make([]byte, 5000)
	for i := range data {
		data[i] = byte(i * 31)
	}
	for _, n := range []int{0, 1, 55, 56, 63, 64, 65, 1000, 5000} {
		fmt.Printf("%d %x\n", n, sha256.Sum256(data[:n]))
	}
	for name, mk := range map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha512": sha512.New} {
		whole, parts := mk(), mk()
		whole.Write(data)
		for i, step := 0, 1; i < len(data); step = step*3%127 + 1 {
			end := min(i+step, len(data))
			parts.Write(data[i:end])
			i = end
		}
		if string(whole.Sum(nil)) != string(parts.Sum(nil)) {
			fmt.Println(name, "depends on the pieces")
		}
	}
	fmt.Printf("%x\n%x\n", md5.Sum([]byte("abc")), sha1.Sum([]byte("abc")))
	fmt.Printf("%x\n", sha512.Sum512([]byte("abc")))
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte("message"))
	fmt.Println(hex.EncodeToString(mac.Sum(nil)))
	fmt.Println(crc32.ChecksumIEEE(data), crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)), adler32.Checksum(data), crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)))
	h := fnv.New64a()
	h.Write(data)
	fmt.Println(h.Sum64(), base64.StdEncoding.EncodeToString(data[:11]), base64.RawURLEncoding.EncodeToString(data[200:210]))
	seed := maphash.MakeSeed()
	fmt.Println(maphash.Bytes(seed, data) == maphash.String(seed, string(data)), maphash.String(seed, "a") != maphash.String(seed, "b"))
	back, err := base64.StdEncoding.DecodeString("AB=C")
	fmt.Println(len(back), err)
}
