// rundir

// Packages are initialised once each, those imported before those importing them.
package ignored
