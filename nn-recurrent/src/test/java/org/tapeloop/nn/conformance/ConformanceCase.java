package org.tapeloop.nn.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.safetensors.SafeTensorsFile;
import org.tapeloop.nn.safetensors.StoredTensor;

/** One case: what is given, what is expected, and the attributes of its kind. */
final class ConformanceCase {
  private static final String FORMAT = "tapeloop-conformance-1";
  private static final String EXTENSION = ".safetensors";

  private final String name;
  private final Map<String, String> attributes;
  private final Map<String, Tensor> floats = new LinkedHashMap<>();
  private final Map<String, IntTensor> ints = new LinkedHashMap<>();

  private ConformanceCase(String name, SafeTensorsFile file) throws IOException {
    this.name = name;
    attributes = file.metadata();
    for (StoredTensor stored : file.stored().values()) {
      if (stored.type().isFloat()) {
        floats.put(stored.name(), file.tensor(stored.name()));
      } else {
        ints.put(stored.name(), file.ints(stored.name()));
      }
    }
  }

  /**
   * Reads a case.
   *
   * @throws MalformedCaseException if the file is none
   */
  static ConformanceCase read(Path path) {
    ConformanceCase read;
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      read = new ConformanceCase(nameOf(path), file);
    } catch (IOException e) {
      throw new MalformedCaseException(e.getMessage(), e);
    }
    String format = read.text("format");
    if (!format.equals(FORMAT)) {
      throw new MalformedCaseException("format is '" + format + "', not '" + FORMAT + "'");
    }
    if (!read.text("case").equals(read.name)) {
      throw new MalformedCaseException("the file says it is case '" + read.text("case") + "'");
    }
    return read;
  }

  /** The name of the case in a file of this name. */
  static String nameOf(Path path) {
    String file = path.getFileName().toString();
    return file.endsWith(EXTENSION) ? file.substring(0, file.length() - EXTENSION.length()) : file;
  }

  String name() {
    return name;
  }

  String family() {
    return text("family");
  }

  String kind() {
    return text("kind");
  }

  // ---- attributes ----

  String text(String key) {
    String value = attributes.get(key);
    if (value == null) {
      throw new MalformedCaseException("the attribute '" + key + "' is missing");
    }
    return value;
  }

  /** Whether there is such an attribute. */
  boolean has(String key) {
    return attributes.containsKey(key);
  }

  /** Whether an attribute is stated to be absent. */
  boolean isNone(String key) {
    return text(key).equals("none");
  }

  boolean flag(String key) {
    return switch (text(key)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw unexpected(key, "true or false");
    };
  }

  int integer(String key) {
    return parsed(key, text(key), "a whole number", Integer::parseInt);
  }

  double real(String key) {
    return parsed(key, text(key), "a number", Double::parseDouble);
  }

  List<String> texts(String key) {
    String value = text(key);
    return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
  }

  int[] integers(String key) {
    return texts(key).stream()
        .mapToInt(item -> parsed(key, item, "whole numbers", Integer::parseInt))
        .toArray();
  }

  private <T> T parsed(String key, String value, String wanted, Function<String, T> parser) {
    try {
      return parser.apply(value);
    } catch (NumberFormatException e) {
      throw unexpected(key, wanted);
    }
  }

  private MalformedCaseException unexpected(String key, String wanted) {
    return new MalformedCaseException(
        "the attribute '%s' is '%s', not %s".formatted(key, text(key), wanted));
  }

  // ---- tensors ----

  /** All names of tensors in the file. */
  List<String> tensorNames() {
    List<String> names = new ArrayList<>(floats.keySet());
    names.addAll(ints.keySet());
    return names;
  }

  boolean isInteger(String tensor) {
    return ints.containsKey(tensor);
  }

  /** A floating point tensor of the file, F64. */
  Tensor tensor(String tensor) {
    Tensor found = floats.get(tensor);
    if (found == null) {
      throw new MalformedCaseException("the file holds no floating point tensor '" + tensor + "'");
    }
    return found;
  }

  IntTensor ints(String tensor) {
    IntTensor found = ints.get(tensor);
    if (found == null) {
      throw new MalformedCaseException("the file holds no integer tensor '" + tensor + "'");
    }
    return found;
  }

  // ---- tolerances ----

  /** For outputs and first derivatives. */
  double firstTolerance(DType dtype) {
    return tolerance(dtype, "first", 1e-5);
  }

  /** For Hessian-vector products. */
  double secondTolerance(DType dtype) {
    return tolerance(dtype, "second", 5e-5);
  }

  private double tolerance(DType dtype, String order, double single) {
    return switch (dtype) {
      case F64 -> real("tolerance." + order);
      case F32 -> Math.max(single, 20 * real("torch_f32_error." + order));
    };
  }
}
