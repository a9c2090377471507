// run
// stress

// gob, xml, csv, hex and binary: round trips.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"
)

type inner struct {
	V []float64
	M map[string]int
}

type shape interface{ Area() float64 }

type sq struct{ S float64 }

func (s sq) Area() float64 { return s.S * s.S }

type record struct {
	ID    int64
	Name  string
	In    *inner
	Shape shape
	Arr   [3]uint8
	C     complex128
}

type book struct {
	XMLName xml.Name `xml:"book"`
	ISBN    string   `xml:"isbn,attr"`
	Title   string   `xml:"title"`
	Authors []string `xml:"authors>name"`
	Note    string   `xml:",comment"`
}

func main() {
	gob.Register(sq{})
	var buf bytes.Buffer
	in := record{-5, "é", &inner{[]float64{1.5, -2}, map[string]int{"k": 1}}, sq{3}, [3]uint8{1, 2, 3}, 1 - 2i}
	fmt.Println(gob.NewEncoder(&buf).Encode(in))
	var out record
	fmt.Println(gob.NewDecoder(&buf).Decode(&out), out.ID, out.Name, *out.In, out.Shape.Area(), out.Arr, out.C)

	b := book{ISBN: "1<2", Title: "A & B", Authors: []string{"x", "y"}, Note: " n "}
	data, err := xml.MarshalIndent(b, "", " ")
	fmt.Println(string(data), err)
	var b2 book
	fmt.Println(xml.Unmarshal(data, &b2), b2.ISBN, b2.Title, b2.Authors, b2.Note)
	fmt.Println(xml.Unmarshal([]byte("<book><title>x</book>"), &b2))

	r := csv.NewReader(strings.NewReader("a,\"b,\"\"q\"\"\",c\n1,2,3\n\"multi\nline\",x,\n"))
	rows, err := r.ReadAll()
	fmt.Printf("%q %v\n", rows, err)
	w := csv.NewWriter(&buf)
	w.WriteAll(rows)
	fmt.Printf("%q\n", buf.String())
	_, err = csv.NewReader(strings.NewReader("a,b\n1\n")).ReadAll()
	fmt.Println(err)

	var bin bytes.Buffer
	fixed := struct {
		A uint16
		B int32
		C [2]float32
		D bool
	}{0x1234, -2, [2]float32{1, -1}, true}
	binary.Write(&bin, binary.BigEndian, fixed)
	fmt.Println(hex.EncodeToString(bin.Bytes()), binary.Size(fixed))
	fixed.A, fixed.B = 0, 0
	fmt.Println(binary.Read(&bin, binary.BigEndian, &fixed), fixed)
	v := binary.AppendUvarint(nil, 300)
	u, n := binary.Uvarint(v)
	fmt.Println(v, u, n, binary.LittleEndian.Uint32([]byte{1, 2, 3, 4}), hex.Dump([]byte("dump me"))[:20])
}
