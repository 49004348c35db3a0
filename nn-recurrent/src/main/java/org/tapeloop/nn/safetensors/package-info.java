/**
 * The safetensors format, read and written: named arrays and a map of text in one file.
 *
 * <p>A file is eight bytes, little-endian, the length N of the header; N bytes of JSON; then the
 * arrays, little-endian and row-major. The JSON is one object that gives for each name {@code
 * dtype}, {@code shape} and {@code data_offsets} (begin and end, counted from the end of the
 * header), and optionally {@code __metadata__}, a map of text to text. The arrays cover the rest of
 * the file without overlap and without holes.
 *
 * <p>{@link org.tapeloop.nn.safetensors.SafeTensorsFile} reads, {@link
 * org.tapeloop.nn.safetensors.SafeTensorsWriter} writes.
 */
@NullMarked
package org.tapeloop.nn.safetensors;

import org.jspecify.annotations.NullMarked;
