package org.tapeloop.examples.melody;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.examples.abc.AbcFiles;
import org.tapeloop.examples.abc.EmbeddedTunes;
import org.tapeloop.examples.abc.Tune;
import org.tapeloop.examples.abc.TuneTokens;
import org.tapeloop.examples.cell.CellStack;
import org.tapeloop.examples.cli.AdamOptions;
import org.tapeloop.examples.cli.Drawn;
import org.tapeloop.examples.cli.SampleRequest;
import org.tapeloop.examples.experiment.Experiment;
import org.tapeloop.examples.experiment.SavedRun;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.language.TokenNetwork;
import org.tapeloop.nn.decoding.Sampler;

/**
 * What {@code tapeloop music --melody} trains and draws.
 *
 * @param layers of the model
 * @param embeddingSize features of a token
 * @param longest pieces are cut after so many tokens
 * @param batch pieces side by side
 * @param seed of all random numbers
 */
public record Melodies(
    CellStack.Sizes layers, int embeddingSize, int longest, int batch, long seed) {
  private static final double TEMPERATURE = 0.7;
  private static final double NUCLEUS = 0.95;

  /**
   * A model of tunes in ABC, or of chorales if the data are a text that ends in {@code .txt}.
   *
   * @param data a file or folder of ABC, or a text of chorales; null for the embedded tunes
   * @param validation pieces to hold out; null for every tenth of the data
   * @throws Failure if they cannot be used
   */
  public Experiment experiment(
      @Nullable Path data, @Nullable Path validation, AdamOptions optimiser) {
    Sampler sampling = Sampler.PLAIN.temperature(TEMPERATURE).topP(NUCLEUS);
    return Melody.create(settings(), songbook(data, validation), optimiser, sampling);
  }

  private Melody.Settings settings() {
    return new Melody.Settings(layers, embeddingSize, longest, batch, seed);
  }

  private static Songbook songbook(@Nullable Path data, @Nullable Path validation) {
    if (data == null) {
      List<Tune> tunes = EmbeddedTunes.all();
      return Songbook.ofTunes("old tunes", Songbook.kept(tunes), Songbook.heldOut(tunes));
    }
    String name = data.toString();
    if (name.toLowerCase(Locale.ROOT).endsWith(".txt")) {
      List<Chorale> chorales = Chorale.read(data);
      return validation == null
          ? Songbook.ofChorales(name, Songbook.kept(chorales), Songbook.heldOut(chorales))
          : Songbook.ofChorales(name, chorales, Chorale.read(validation));
    }
    AbcFiles.Found found = AbcFiles.read(data);
    if (found.leftOut() > 0) {
      name += " (%d tunes left out; %s)".formatted(found.leftOut(), found.firstReason().orElse(""));
    }
    return validation == null
        ? Songbook.ofTunes(name, Songbook.kept(found.tunes()), Songbook.heldOut(found.tunes()))
        : Songbook.ofTunes(name, found.tunes(), AbcFiles.read(validation).tunes());
  }

  /**
   * Lets the model of a checkpoint make a piece: printed, and written as ABC, MIDI, sound and
   * picture. Of several tunes drawn side by side the first whose bars are right is taken.
   *
   * <p>The prompt is a file of ABC, whose first tune is gone on from, or tokens with spaces between
   * them, such as {@code M:6/8 K:D}. Unless the request says otherwise tunes are drawn from tokens
   * that leave every bar its length.
   *
   * @throws Failure if the prompt cannot be used, or no tune is right
   */
  public Drawn draw(SavedRun saved, AdamOptions optimiser, SampleRequest request) {
    Tokens tokens = Tokens.ofText(saved.notes().text(Melody.TOKENS));
    Generator unused = new Generator(seed);
    TokenNetwork<?> model =
        optimiser.restore(saved, settings().model(tokens.size(), unused, unused));
    boolean chorale = saved.notes().text(Melody.NOTATION).equals(Songbook.Notation.CHORALE.name());
    List<String> given = request.prompt().map(Melodies::prompt).orElse(List.of());
    List<String> start =
        given.subList(0, Math.min(given.size(), request.promptLength().orElse(given.size())));
    tokens.encode(start);
    if (!chorale && !start.isEmpty() && !start.getFirst().startsWith("M:")) {
      throw new Failure("a prompt for a tune begins with its metre: M:6/8 K:D, for instance");
    }
    RandomStream random = new RandomStream(request.seed(), 0);
    int most = start.size() + request.length();
    int count = chorale ? 1 : request.tunes();
    List<List<String>> pieces = new ArrayList<>();
    Drawn drawn =
        Drawn.timing(
            "tokens",
            () -> {
              pieces.addAll(
                  new MelodyWriter(model, tokens, !chorale && !request.free())
                      .write(start, count, most, request.sampler(), random));
              return pieces.stream().mapToLong(piece -> piece.size() - start.size()).sum();
            });
    List<List<String>> right =
        pieces.stream().filter(each -> chorale || Songs.isRight(each)).toList();
    if (right.isEmpty()) {
      throw new Failure(
          "none of %d tunes is ABC with right bars; a lower --temperature, a".formatted(count)
              + " larger --length, another --seed or another --prompt may give one");
    }
    String text = Songs.write(right.getFirst(), chorale, start.size(), request.files(), title());
    request.out().accept(chorale ? text : text + Songs.tally(right.size(), count));
    return drawn;
  }

  private String title() {
    return layers + ", made up";
  }

  private static List<String> prompt(String text) {
    Path file = Path.of(text.replace('|', ' ').strip());
    return Files.exists(file)
        ? TuneTokens.of(AbcFiles.read(file).tunes().getFirst())
        : List.of(text.strip().split("\\s+", -1));
  }
}
