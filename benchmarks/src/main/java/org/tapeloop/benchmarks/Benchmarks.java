package org.tapeloop.benchmarks;

import java.io.IOException;
import java.util.stream.Stream;

/** JMH's command line; the JVMs it forks have the flags that backends need on the class path. */
public final class Benchmarks {

  private Benchmarks() {}

  /** Runs the benchmarks that the arguments select; the arguments are those of JMH. */
  public static void main(String[] args) throws IOException {
    String flags = "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED";
    org.openjdk.jmh.Main.main(
        Stream.concat(Stream.of(args), Stream.of("-jvmArgsPrepend", flags)).toArray(String[]::new));
  }
}
