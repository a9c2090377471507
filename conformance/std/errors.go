// run

// Wrapped errors: Is, As, Join, Unwrap, and methods of one's own.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

type coded struct {
	code int
	err  error
}

func (c *coded) Error() string        { return fmt.Sprintf("code %d: %v", c.code, c.err) }
func (c *coded) Unwrap() error        { return c.err }
func (c *coded) Is(target error) bool { return target == errCode && c.code == 7 }

type multi []error

func (m multi) Error() string   { return fmt.Sprint(len(m), " errors") }
func (m multi) Unwrap() []error { return m }

type timeout struct{}

func (timeout) Error() string { return "timeout" }
func (timeout) Timeout() bool { return true }

var errCode = errors.New("code seven")

func main() {
	err := fmt.Errorf("outer: %w", &coded{7, fmt.Errorf("inner: %w", io.EOF)})
	fmt.Println(err)
	var c *coded
	fmt.Println(errors.Is(err, io.EOF), errors.Is(err, errCode), errors.Is(err, fs.ErrExist), errors.As(err, &c), c.code)
	fmt.Println(errors.Unwrap(err) == c, errors.Unwrap(io.EOF), errors.Is(nil, io.EOF), errors.Is(err, nil))
	joined := errors.Join(nil, err, timeout{}, nil)
	fmt.Printf("%v|%v\n", joined, errors.Join(nil, nil))
	var t interface{ Timeout() bool }
	fmt.Println(errors.Is(joined, io.EOF), errors.As(joined, &t), t.Timeout())
	m := multi{io.EOF, fmt.Errorf("two: %w and %w", fs.ErrClosed, errCode)}
	fmt.Println(m, errors.Is(m, fs.ErrClosed), errors.Is(m, errCode), errors.Is(m, fs.ErrInvalid))
	var pe *fs.PathError
	fmt.Println(errors.As(m, &pe), fmt.Errorf("no verb: %v", io.EOF) == io.EOF, errors.Is(fmt.Errorf("%v", io.EOF), io.EOF))
	fmt.Println(errors.New("a") == errors.New("a"), fmt.Errorf("%w %d", nil, 5), fmt.Errorf("%d %w", 1, "no error"))
	for _, bad := range []func(){
		func() { errors.As(err, nil) },
		func() { var n int; errors.As(err, &n) },
		func() { errors.As(err, c) },
	} {
		func() {
			defer func() { fmt.Println(recover()) }()
			bad()
		}()
	}
}
