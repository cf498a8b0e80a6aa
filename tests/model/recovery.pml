/* A small formal model of recovery: does the ledger go on after members have disagreed for long?
 *
 * tools/model checks it and its variants; docs/model.md has the results. The property: whatever a
 * run of nullified views has left behind, once three of four members are honest, connected, in time
 * and of one mind, a later view becomes final. The liar says nothing from then on, so all three are
 * needed for whatever takes a quorum.
 *
 * PHASE 1, chosen freely: a run of up to RUN views behind the final view FIRST - 1, and for each
 * one of these ways in which members may hold different things of it. They are the extremes that the
 * rules allow, not all mixtures of them; `one` may be any member. Range votes that were cast and
 * arrived meanwhile would only help, so there are none.
 *
 *   known      all hold the nullification
 *   one's      one alone holds it; the others hold nothing, and went on by a later certificate
 *   missed     one holds nothing
 *   final      one was shown a notarization, has the block and cast finalize; the others hold the
 *              nullification (two of them and the liar), and nothing else
 *   built      the same, but that one has nullified too, and holds the nullification
 *   going on   all hold a notarization and the block; nobody finalized, since all had nullified, but
 *              too few of those votes arrived for a certificate
 *
 * and, each with a switch of its own since they take time, what can come of late and lost messages:
 *
 *   LATE_NOTARIZATIONS   two voted for the block, the third did not like it, and the view was
 *                        nullified. Then the liar showed the vote that lacked for a notarization.
 *                        All hold both, and those who voted have dropped the block by then: nobody
 *                        has it. No message need be late or lost for this
 *   LOST_NULLIFICATIONS  one went on by the notarization and has not got the block; the others hold
 *                        the nullification and have dropped the block
 *   LOST_RANGES          certificates of ranges came to be at one member alone: its own vote, and
 *                        the certificate, were lost on their way to the others. This takes a longer
 *                        run to do harm, so each of its views is `known` here
 *
 * PHASE 2, in time. First, as status messages do it, who holds no certificate of a view, or only a
 * notarization whose block it has not got, is sent those that others hold, and who holds a
 * notarization is sent the block. Standstill repeats the certificates of the last few views; those
 * of the run are older. Then everybody signs the ranges that it may, whether or not a view in them
 * is notarized, and repeats its range votes until it holds the certificate; who is sent such a vote
 * and holds it answers with it. Then, view by view, leaders take turns, the liar among them:
 *
 *   - A leader looks for a parent from the newest view down: a notarized one whose block it has; it
 *     looks beyond a view only when it holds a nullification of it.
 *   - It covers the views between with single nullifications and ranges, the widest first. No
 *     more than SKIPS fit into a justification.
 *   - When there is a parent and they fit, the others take the justification with the proposal, and
 *     all notarize and finalize: the view is final.
 *   - Otherwise, and when the liar leads, the view is nullified, by votes that all receive.
 *
 * Ranges are 2, 4, 8, ... views here, in place of 4, 16, 64, ..., so that few views have some.
 * SKIPS is 4 for 100. A run of r views takes some 2 log2(r) certificates; with these numbers that
 * fits often enough for each leader to have a view in which it does.
 *
 * BROKEN VARIANTS, each of which must get stuck, in the run that its switch needs
 *
 *   NO_RANGES                               nobody signs a range
 *   KEEP_NOTARIZED, LATE_NOTARIZATIONS      no range covers a view that is notarized
 *   ANY_CERTIFICATE, LOST_NULLIFICATIONS    a notarization without its block stands for its view
 *                                           when one asks for what one lacks
 *   SILENT_RANGES, LOST_RANGES              a range vote is not answered
 */

#define FIRST 4
#ifdef LOST_RANGES
#define RUN 12
#else
#define RUN 5
#endif
/* Each leader has had two turns then, at least. What stands in its way by then is in the run, and
 * views to come only add to it. */
#define LAST (FIRST + RUN + 10)
#define SKIPS 4
#define ALL 7 /* honest members: 1, 2 and 4; the liar is not among the holders */

/* Who holds what of each view. */
byte nullified[LAST + 1];
byte notarized[LAST + 1];
byte stored[LAST + 1];
byte finalized[LAST + 1];
byte only[2]; /* who alone holds the certificates of ranges from 4 to 7, and from 8 to 15; 0 when
               * they are still to come */
byte turn;    /* member (view + turn) % 4 leads; 3 is the liar */
byte view;
byte who;
bit decided;

hidden byte a, b, c, length, first, furthest, parent, skips, leader, ok, found;

/* ---- phase 1 --------------------------------------------------------------------------------- */

inline choose_member() {
  if :: who = 1 :: who = 2 :: who = 4 fi
}

inline disagree() {
  if
  :: nullified[view] = ALL; printf("view %d: all know it nullified\n", view)
#ifndef LOST_RANGES
  :: choose_member();
    nullified[view] = who;
    printf("view %d: %d alone knows it nullified\n", view, who)
  :: choose_member();
    nullified[view] = ALL - who;
    printf("view %d: %d knows nothing of it\n", view, who)
  :: choose_member();
    nullified[view] = ALL - who; notarized[view] = who; stored[view] = who; finalized[view] = who;
    printf("view %d: %d has cast finalize, the others know it nullified\n", view, who)
  :: choose_member();
    nullified[view] = ALL; notarized[view] = who; stored[view] = who;
    printf("view %d: all know it nullified, %d has the notarized block\n", view, who)
  :: notarized[view] = ALL; stored[view] = ALL; printf("view %d: notarized\n", view)
#endif
#ifdef LATE_NOTARIZATIONS
  :: nullified[view] = ALL; notarized[view] = ALL;
    printf("view %d: nullified, then notarized; nobody has the block\n", view)
#endif
#ifdef LOST_NULLIFICATIONS
  :: choose_member();
    nullified[view] = ALL - who; notarized[view] = who;
    printf("view %d: %d knows it notarized, the others nullified; nobody has the block\n", view,
           who)
#endif
  fi;
  who = 0
}

/* ---- phase 2 --------------------------------------------------------------------------------- */

/* What a member that has this of view a has no need to ask for. */
#ifndef ANY_CERTIFICATE
#define content (nullified[a] | (notarized[a] & stored[a]))
#else
#define content (nullified[a] | notarized[a])
#endif

inline exchange() {
  a = FIRST;
  do
  :: a < view ->
    b = ALL - content; /* who asks */
    if :: nullified[a] -> nullified[a] = nullified[a] | b :: else fi;
    if :: notarized[a] -> notarized[a] = notarized[a] | b :: else fi;
    if :: stored[a] -> stored[a] = stored[a] | notarized[a] :: else fi;
    a++
  :: else -> break
  od
}

/* ok: all three sign the range of `length` views from `first` on. */
inline check_range() {
  ok = 1;
  c = first;
  do
  :: c < first + length ->
    ok = ok && nullified[c] == ALL && finalized[c] == 0;
#ifdef KEEP_NOTARIZED
    ok = ok && notarized[c] == 0;
#endif
    c++
  :: else -> break
  od
}

#define is_in_run(first, length) ((first) + (length) <= 16)

/* furthest: the last view of the widest nullification that the leader holds of view b, a single one
 * or a range that ends before this view; 0 when it holds none. */
inline find_skip() {
  furthest = (nullified[b] & leader -> b : 0);
#ifndef NO_RANGES
  length = 2;
  do
  :: length <= 16 ->
    first = b - b % length;
    if
    :: first > 0 && first + length <= view ->
      check_range();
#ifdef LOST_RANGES
      if
      :: is_in_run(first, length) && ok && only[first / 8] ->
#ifndef SILENT_RANGES
        ok = 1
#else
        ok = (only[first / 8] & leader) != 0
#endif
      :: else
      fi;
#endif
      if :: ok -> furthest = first + length - 1 :: else fi
    :: else
    fi;
    length = 2 * length
  :: else -> break
  od
#endif
}

/* parent: the newest view that the leader can build on; found is 0 when there is none. */
inline find_parent() {
  parent = view - 1;
  found = 1;
  do
  :: parent < FIRST || (notarized[parent] & stored[parent] & leader) -> break
  :: else ->
    if
    :: nullified[parent] & leader -> parent--
    :: else -> found = 0; break
    fi
  od
}

inline lead() {
  leader = (view + turn) % 4;
  leader = (leader == 3 -> 0 : 1 << leader);
  find_parent();
  skips = 0;
  b = parent + 1;
  do
  :: found && b < view ->
    find_skip();
    skips++;
    found = furthest > 0;
    b = furthest + 1
  :: else -> break
  od;
  if
  :: leader && found && skips <= SKIPS ->
    decided = 1;
    printf("view %d: final, on view %d with %d nullifications\n", view, parent, skips)
  :: else ->
    printf("view %d: nullified (leader %d, parent found %d, nullifications %d)\n", view, leader,
           found, skips);
    nullified[view] = ALL;
    view++
  fi
}

/* All have signed the ranges that lie in these views, one alone has the certificates. */
inline lose_ranges(i, low, high) {
  if
  :: high < view ->
    if
    :: choose_member();
      only[i] = who;
      printf("views %d to %d: %d alone has the certificates of ranges\n", low, high, who);
      who = 0
    :: true
    fi
  :: else
  fi
}

/* Nothing is left to tell two runs apart that ended well. */
inline forget() {
  a = 0;
  do
  :: a <= LAST -> nullified[a] = 0; notarized[a] = 0; stored[a] = 0; finalized[a] = 0; a++
  :: else -> break
  od;
  only[0] = 0; only[1] = 0; view = 0; turn = 0
}

init {
  view = FIRST;
  do
  :: view < FIRST + RUN -> atomic { disagree(); view++ }
  :: break
  od;
  atomic {
#ifdef LOST_RANGES
    lose_ranges(0, 4, 7);
    lose_ranges(1, 8, 15);
#endif
    if :: turn = 0 :: turn = 1 :: turn = 2 :: turn = 3 fi;
    d_step {
      exchange();
      do
      :: !decided && view <= LAST -> lead()
      :: else -> break
      od
    }
    assert(decided);
    d_step { forget() }
  }
}
