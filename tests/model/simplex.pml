/* A small formal model of consensus: four members, one of them a liar, a few views of one epoch.
 *
 * tools/model checks it and every broken variant below; docs/model.md has the results. The rules
 * are those of docs/consensus.md and of node/consensus, written down again and not translated.
 *
 * WHAT IS MODELLED
 *
 *   Three honest members, each in its own view. In its view a member may, at any moment and as
 *   often as the vote guard lets it,
 *     notarize  a slot that is well justified and whose block is good (structure and content
 *               below);
 *     nullify   because its timer fired, because f + 1 others did, or because it did not like the
 *               proposal. A timer that runs only while there is work is a timer that may fire at
 *               any time or never, so for safety it needs no clock and no notion of work;
 *     leave     for view w + 1 by any certificate of a view w that is not below its own: two
 *               members may leave one view by different certificates, or jump over views.
 *   In a view that it has left it may finalize what a quorum notarized there, or give the view up
 *   with a range vote, or do neither.
 *
 *   The vote guard (vote_guard.cc): notarize once and before the other two, in the current view
 *   only; nullify once, in the current view only, not after finalize; give up by a range only what
 *   it has left, not after finalize; finalize once, not after nullify, not in a range given up, and
 *   only the slot that the member itself notarized, if it did.
 *
 *   Slots: up to two per view (a leader may equivocate), each with a kind (append, append of a
 *   seal, carry), a parent slot in any earlier view, and a ledger tip. A slot may be voted for when
 *   its parent is notarized and every view strictly between is nullified; a carry slot only when it
 *   names its parent's block; an append slot only when its parent's block is not a seal.
 *
 * PROPERTIES, checked whenever a certificate comes into being
 *
 *   S1  A view has at most one notarized slot.
 *   S2  A view never has both a nullification and a finalization.
 *   S3  When X is final in view v, every slot notarized or final in a view >= v is X or
 *       descends from X.
 *   S4  The blocks named by final slots lie on one chain, in the order of their views.
 *   S5  When a final slot names a seal, every slot that is final in the same or a later view names
 *       that very seal. So all members begin the next epoch from the same block, whichever final
 *       slot tells them that this one has ended.
 *
 * ABSTRACTIONS. Each one only adds behaviour, or leaves out what cannot change whether a property
 * fails, so a property that holds here holds without it.
 *
 *   The liar has signed everything: every notarize, nullify and finalize vote for every slot of
 *     every view. So a certificate exists as soon as q - 1 = 2 honest members signed. Whoever would
 *     rather not see one of the liar's votes may behave as if it did not (next item).
 *   Network: a vote is in everybody's reach when it is cast, and so is a certificate; nobody has to
 *     look at it. A member may thus use a certificate that in truth never reached it, and take any
 *     time to use one that did. Delay, loss and reordering are among the choices.
 *   Every view may have an equivocating leader, and every proposer may choose freely among legal
 *     slots; an honest leader's choice is one of them. An illegal slot gets no honest vote, so it
 *     can never be certified; it is proposed to the check below and refused.
 *   A range vote is a nullify vote in each of its views, and it counts together with any other: the
 *     certificates are those of single views, and any views that a member has left may be given up.
 *     In truth it counts only with votes for the very same range, and ranges are aligned. The core
 *     moreover signs one only over views that it knows to be nullified and not to be notarized;
 *     here the guard is all that restrains it. So every nullification that ranges can bring about
 *     is among those here, and many more.
 *   Two slots per view are enough: a certificate takes two of three honest notarize votes, so what
 *     three slots with one honest vote each can bring about, two such slots can as well.
 *   A block is the slot that first appended it. The same block appended in two slots would be two
 *     blocks here: more pairs of tips differ, never fewer, and what is votable is the same.
 *   Whether records are valid, whether a block is known here and whether its time is acceptable are
 *     reasons not to notarize or not to finalize, and every member always has the choice not to.
 *   Restart: votes are durable before they are sent, so a restart changes nothing here. A member
 *     that forgot its votes would be BREAK_NOTARIZE_TWICE and BREAK_FINALIZE_AFTER_NULLIFY.
 *   That nobody votes at or below its last final view is left out: it only forbids.
 *   After the epoch's end a member may go on voting in it, as the rules for leavers want.
 *
 * REDUCTIONS, to make four views small enough. -DPLAIN does without all but the last.
 *
 *   A slot's content is chosen when its certificate forms, not at the first vote. Before that
 *     nothing depends on it, and what made it legal then makes it legal now: certificates do not go
 *     away.
 *   Finalize votes are not cast: a slot counts as final wherever its finalization could still form.
 *     A finalize vote enables nothing but the finalization, and forbids nothing but its author's own
 *     nullify vote in that view. So whoever casts one may as well wait with it, and what waits can
 *     be done in every later state, in all views at once.
 *   Range votes are cast when they complete a nullification, by all who may. A member's votes in a
 *     view that it has left touch nothing but that view, so it may wait with a range vote until it
 *     counts, and one that never counts need not be cast. What the vote of one more forbids, to
 *     finalize, could come to nothing: the nullifiers are too many for a finalization.
 *   For the same reason all who have left a nullified view count as having given it up. Once a view
 *     is notarized, the notarize vote of a member that has left it is forgotten when the member has
 *     nullified as well, or when it is for the notarized slot: it can no longer change what the
 *     member may do, and by S1 no other slot can be certified. Members that have left a view are
 *     interchangeable as far as it is concerned.
 *   Honest members are interchangeable, and so are the two slots of a view until one is certified:
 *     that one is the first.
 *
 *   -DPLAIN also lets a member finalize in a view that it has not left, so that the guard alone
 *   must hold; in the code a notarization moves a member on before it can finalize.
 *
 * NOT MODELLED: that anything ever happens (no liveness), who is to blame, signatures and
 * encodings, fetching and catching up, more than one epoch, and what members exchange about the
 * next one.
 *
 * BROKEN VARIANTS, each of which must fail, and the property it breaks
 *
 *   BREAK_NOTARIZE_TWICE           S1   the guard lets a member notarize two slots of a view
 *   BREAK_FINALIZE_AFTER_NULLIFY   S2   the guard forgets that it nullified
 *   BREAK_NULLIFY_AFTER_FINALIZE   S2   the guard forgets that it finalized (PLAIN only)
 *   BREAK_FINALIZE_IN_RANGE        S2   the guard forgets what it gave up by a range
 *   BREAK_RANGE_OVER_FINALIZE      S2   a range may cover what was finalized (PLAIN only)
 *   BREAK_FINALIZE_UNNOTARIZED     S3   a slot need not be notarized to be finalized (PLAIN only)
 *   BREAK_SKIP_CHECK               S3   skipped views need not be nullified
 *   BREAK_PARENT_CHECK             S3   a parent need not be notarized
 *   BREAK_CARRY_CHECK              S4   a carry slot may name a block that is not its parent's
 *   BREAK_APPEND_AFTER_SEAL        S5   append is still votable on a seal
 *   LIARS=2                        S3   more than f members lie
 *
 * One rule of the guard is not needed for any property here, which RELAX_FINALIZE_OTHER shows: that
 * a member finalizes no slot other than the one it notarized. It is there so that a fork has names.
 *
 * -DREACH_...: the model claims that something can not happen which must be possible, so that the
 * properties do not hold merely because nothing happens. Each must fail too.
 */

#ifndef VIEWS
#define VIEWS 4
#endif
#ifndef LIARS
#define LIARS 1
#endif
#define HONEST (4 - LIARS)
#define ENOUGH (3 - LIARS) /* honest votes that make a certificate together with the liars' */

/* Votes of one member in one view, and certificates of one view: sets of these. `s` is 0 or 1. A
 * range vote is told apart from a nullify vote only where the guard shall forget the one alone. */
#define NOTARIZE(s) (1 << (s))
#define NULLIFY 4
#define FINALIZE(s) (8 << (s))
#ifdef BREAK_FINALIZE_IN_RANGE
#define RANGE 32
#else
#define RANGE NULLIFY
#endif
#define NOTARIZE_ANY 3
#define NULLIFY_ANY (NULLIFY | RANGE)
#define FINALIZE_ANY 24

/* Slots are numbered 2 * view + s; slot 0 is the epoch's first and always notarized. A block has
 * the number of the slot that appended it. */
#define slot_of(v, s) (2 * (v) + (s))
#define view_of(slot) ((slot) / 2)
#define NONE 0 /* nothing is known of the slot yet */
#define APPEND 1
#define SEAL 2 /* an append whose block ends the epoch */
#define CARRY 3
byte kind[2 * VIEWS + 2];
byte parent[2 * VIEWS + 2];
byte tip[2 * VIEWS + 2];
#define is_seal(block) (kind[block] == SEAL)

byte certs[VIEWS + 1];
#define certified(v, set) ((certs[v] & (set)) != 0)
#define notarized(slot) certified(view_of(slot), NOTARIZE((slot) % 2))
#ifdef PLAIN
#define final(slot) certified(view_of(slot), FINALIZE((slot) % 2))
#else
#define final(slot) (notarized(slot) && finalizers(view_of(slot), (slot) % 2) >= ENOUGH)
#endif

/* An honest member: its view in 3 bits (VIEWS + 1 when it has left all), then BITS for each view. */
#ifdef BREAK_FINALIZE_IN_RANGE
#define BITS 6
#else
#define BITS 5
#endif
#if 3 + BITS * VIEWS > 31
#error "a member's votes are kept in 32 bits: at most 5 views"
#endif
int member[HONEST];
#define current(m) (member[m] & 7)
#define has_left(m, v) (current(m) > (v))
#define shift(v) (3 + BITS * ((v) - 1))
#define cast(m, v) ((member[m] >> shift(v)) & ((1 << BITS) - 1))
#define has_cast(m, v, set) ((cast(m, v) & (set)) != 0)
#define put(m, v, votes) member[m] = member[m] | ((votes) << shift(v))
#define drop(m, v, votes) member[m] = member[m] & ~((votes) << shift(v))

/* The vote guard. */
#ifdef BREAK_NOTARIZE_TWICE
#define may_notarize(m, v, s) (!has_cast(m, v, NULLIFY_ANY | FINALIZE_ANY | NOTARIZE(s)))
#else
#define may_notarize(m, v, s) (cast(m, v) == 0)
#endif
#ifdef BREAK_NULLIFY_AFTER_FINALIZE
#define may_nullify(m, v) (!has_cast(m, v, NULLIFY))
#else
#define may_nullify(m, v) (!has_cast(m, v, NULLIFY | FINALIZE_ANY))
#endif
#ifdef BREAK_RANGE_OVER_FINALIZE
#define may_give_up(m, v) (has_left(m, v) && !has_cast(m, v, NULLIFY_ANY))
#else
#define may_give_up(m, v) (has_left(m, v) && !has_cast(m, v, NULLIFY_ANY | FINALIZE_ANY))
#endif
#ifdef BREAK_FINALIZE_AFTER_NULLIFY
#define nullify_forbids 0
#else
#define nullify_forbids NULLIFY /* RANGE is the same, but for BREAK_FINALIZE_IN_RANGE */
#endif
#ifdef RELAX_FINALIZE_OTHER
#define other_forbids(s) 0
#else
#define other_forbids(s) NOTARIZE(1 - (s))
#endif
#define may_finalize(m, v, s) \
  (!has_cast(m, v, FINALIZE_ANY | nullify_forbids | other_forbids(s)))

/* The core finalizes only what a quorum notarized; the guard does not ask. */
#ifdef BREAK_FINALIZE_UNNOTARIZED
#define finalizable(v, s) 1
#else
#define finalizable(v, s) certified(v, NOTARIZE(s))
#endif

/* The step under way: chosen freely, and 0 again after it. */
byte m; /* who */
byte v; /* in which view; 0 when nothing was signed */
byte s; /* which of the view's slots */
byte p; /* a proposed slot's parent, kind and tip, and whether it may be voted for */
byte k;
byte t;
bit votable;

/* Scratch, meaningless between two deterministic steps. */
hidden byte a, b, c, set;
hidden int swap;
hidden byte S1, S2, S3, S4, S5;

#if HONEST == 3
#define votes(v, set) (has_cast(0, v, set) + has_cast(1, v, set) + has_cast(2, v, set))
#define finalizers(v, s) (may_finalize(0, v, s) + may_finalize(1, v, s) + may_finalize(2, v, s))
#define givers_up(v) \
  (has_cast(0, v, NULLIFY_ANY) + has_cast(1, v, NULLIFY_ANY) + has_cast(2, v, NULLIFY_ANY) + \
   may_give_up(0, v) + may_give_up(1, v) + may_give_up(2, v))
#else
#define votes(v, set) (has_cast(0, v, set) + has_cast(1, v, set))
#define finalizers(v, s) (may_finalize(0, v, s) + may_finalize(1, v, s))
#define givers_up(v) \
  (has_cast(0, v, NULLIFY_ANY) + has_cast(1, v, NULLIFY_ANY) + may_give_up(0, v) + \
   may_give_up(1, v))
#endif

/* ---- properties ------------------------------------------------------------------------------ */

/* Slot b, notarized or final in the view of the final slot a or later, descends from it. */
inline check_descent() {
  c = b;
  do
  :: view_of(c) > view_of(a) -> c = parent[c]
  :: else -> break
  od;
  S3 = S3 && c == a
}

/* The same for the blocks that the two name, when b is final as well. */
inline check_ledger() {
  c = tip[b];
  do
  :: c > tip[a] -> c = tip[parent[c]]
  :: else -> break
  od;
  S4 = S4 && c == tip[a];
  S5 = S5 && (!is_seal(tip[a]) || tip[b] == tip[a])
}

inline check_properties() {
  S1 = 1; S2 = 1; S3 = 1; S4 = 1; S5 = 1;
  a = 1;
  do
  :: a <= VIEWS ->
    S1 = S1 && !(certified(a, NOTARIZE(0)) && certified(a, NOTARIZE(1)));
    S2 = S2 && !(certified(a, NULLIFY) && (final(slot_of(a, 0)) || final(slot_of(a, 1))));
    a++
  :: else -> break
  od;
  a = slot_of(1, 0);
  do
  :: a <= slot_of(VIEWS, 1) ->
    b = slot_of(view_of(a), 0);
#ifndef PLAIN
    if :: final(a) -> printf("      (slot %d.%d can be final)\n", view_of(a), a % 2) :: else fi;
#endif
    do
    :: final(a) && b <= slot_of(VIEWS, 1) ->
      if :: notarized(b) || final(b) -> check_descent() :: else fi;
      if :: final(b) -> check_ledger() :: else fi;
      b++
    :: else -> break
    od;
    a++
  :: else -> break
  od;
#if !defined(ONLY) || ONLY == 1
  assert(S1);
#endif
#if !defined(ONLY) || ONLY == 2
  assert(S2);
#endif
#if !defined(ONLY) || ONLY == 3
  assert(S3);
#endif
#if !defined(ONLY) || ONLY == 4
  assert(S4);
#endif
#if !defined(ONLY) || ONLY == 5
  assert(S5);
#endif
  check_claims()
}

/* Things that can happen, claimed not to. a and b run over all slots, b after a. */
#if defined(REACH_FINAL_AFTER_SKIP)
/* the last view becomes final, its parent two or more views below */
#define UNREACHABLE !(final(a) && view_of(a) == VIEWS && view_of(parent[a]) + 1 < VIEWS)
#elif defined(REACH_CARRY_FINAL)
/* a carry slot makes a block final that its own slot did not */
#define UNREACHABLE !(notarized(a) && !final(a) && final(b) && kind[b] == CARRY && parent[b] == a)
#elif defined(REACH_SEAL_FINAL)
#define UNREACHABLE !(final(a) && kind[a] == SEAL)
#elif defined(REACH_TWO_ENDINGS)
/* a seal is final by its own slot and by a carry slot; members may end the epoch by either */
#define UNREACHABLE !(final(a) && kind[a] == SEAL && final(b) && tip[b] == a)
#elif defined(REACH_ABANDONED_SEAL)
/* a seal is notarized, its view nullified, and another block final */
#define UNREACHABLE !(notarized(a) && kind[a] == SEAL && final(b) && kind[b] == APPEND)
#elif defined(REACH_BUILT_ON_NULLIFIED)
/* a slot is final only through a later one: its own view is nullified */
#define UNREACHABLE \
  !(notarized(a) && certified(view_of(a), NULLIFY) && final(b) && parent[b] == a)
#elif defined(REACH_GIVEN_UP_LATER)
/* a view that members left by its notarization is nullified by range votes alone, all cast after
 * leaving it, and a slot that jumps over it becomes final */
#define UNREACHABLE \
  !(notarized(a) && given_up_later[view_of(a)] && final(b) && view_of(parent[b]) < view_of(a))
bool given_up_later[VIEWS + 1];
#endif

inline check_claims() {
#ifdef UNREACHABLE
  a = slot_of(1, 0);
  do
  :: a <= slot_of(VIEWS, 1) ->
    b = a + 1;
    do
    :: b <= slot_of(VIEWS, 1) -> assert(UNREACHABLE); b++
    :: else -> break
    od;
    a++
  :: else -> break
  od
#else
  skip
#endif
}

/* ---- certificates ---------------------------------------------------------------------------- */

/* The printf statements tell the story of a counterexample (tools/model --show) and do nothing in a
 * search. Members have no names: they are interchangeable. Slot v.s is slot s of view v. */
inline tell_certificates(view) {
  set = set & ~certs[view];
  if :: set & NOTARIZE(0) -> printf("      => slot %d.0 is notarized\n", view) :: else fi;
  if :: set & NOTARIZE(1) -> printf("      => slot %d.1 is notarized\n", view) :: else fi;
  if :: set & NULLIFY -> printf("      => view %d is nullified\n", view) :: else fi;
  if :: set & FINALIZE(0) -> printf("      => slot %d.0 is final\n", view) :: else fi;
  if :: set & FINALIZE(1) -> printf("      => slot %d.1 is final\n", view) :: else fi;
  set = set | certs[view]
}

/* Forms what certificates the votes of a view now allow. */
inline form_certificates(view) {
  set = certs[view] | (votes(view, NOTARIZE(0)) >= ENOUGH) |
        ((votes(view, NOTARIZE(1)) >= ENOUGH) << 1) | ((votes(view, NULLIFY_ANY) >= ENOUGH) << 2) |
        ((votes(view, FINALIZE(0)) >= ENOUGH) << 3) | ((votes(view, FINALIZE(1)) >= ENOUGH) << 4);
  if
  :: set != certs[view] ->
    tell_certificates(view);
    certs[view] = set;
    check_properties()
  :: else
  fi
}

/* ---- what is votable ------------------------------------------------------------------------- */

/* The proposal p, k, t for view v: structure (parent and skipped views), then content. */
inline check_proposal() {
  votable = 1;
#ifndef BREAK_PARENT_CHECK
  votable = votable && notarized(p);
#endif
#ifndef BREAK_SKIP_CHECK
  a = view_of(p) + 1;
  do
  :: a < v -> votable = votable && certified(a, NULLIFY); a++
  :: else -> break
  od;
#endif
#ifndef BREAK_CARRY_CHECK
  votable = votable && (k != CARRY || t == tip[p]);
#endif
#ifndef BREAK_APPEND_AFTER_SEAL
  votable = votable && (k == CARRY || !is_seal(tip[p]));
#endif
}

/* Any proposal at all, legal or not. */
inline propose() {
  p = 0;
  do :: p < slot_of(v - 1, 1) -> p++ :: break od;
  if
  :: k = APPEND; t = slot_of(v, s)
  :: k = SEAL; t = slot_of(v, s)
  :: k = CARRY; t = tip[p]
  :: k = CARRY; t = 0 /* the first block, for one that is not the parent's */
  fi;
  d_step { check_proposal() }
}

/* ---- keeping the number of states small ------------------------------------------------------ */

/* Member i after member j: by view, then by the votes in it. */
#define vote_order(i) ((current(i) << BITS) + (current(i) <= VIEWS -> cast(i, current(i)) : 0))
inline order_members(i, j) {
#ifdef PLAIN
  if
  :: member[i] > member[j] -> swap = member[i]; member[i] = member[j]; member[j] = swap
#else
  if
  :: vote_order(i) > vote_order(j) -> swap = member[i]; member[i] = member[j]; member[j] = swap
#endif
  :: else
  fi
}

/* Members that have left view a: what they did there is ordered view by view. */
inline order_votes(i, j) {
  if
  :: has_left(i, a) && has_left(j, a) && cast(i, a) > cast(j, a) ->
    swap = cast(i, a) ^ cast(j, a);
    member[i] = member[i] ^ (swap << shift(a));
    member[j] = member[j] ^ (swap << shift(a))
  :: else
  fi
}

/* Slot s is about to be certified: it becomes the view's first slot. */
inline make_first() {
  if
  :: s == 1 && !certified(v, NOTARIZE(0)) ->
    a = 0;
    do
    :: a < HONEST ->
      if
      :: (cast(a, v) & NOTARIZE_ANY) % 3 != 0 -> member[a] = member[a] ^ (NOTARIZE_ANY << shift(v))
      :: else
      fi;
      a++
    :: else -> break
    od;
    s = 0;
    printf("(slots %d.0 and %d.1 exchange their names)\n", v, v)
  :: else
  fi
}

/* What can be forgotten of the votes in view v of members that have left it. */
inline forget_votes() {
  m = 0;
  do
  :: m < HONEST ->
    if
    :: has_left(m, v) ->
      if
      :: certified(v, NULLIFY) && !has_cast(m, v, NULLIFY_ANY) -> put(m, v, RANGE)
      :: else
      fi;
      if
      :: certified(v, NOTARIZE_ANY) && has_cast(m, v, NULLIFY_ANY) -> drop(m, v, NOTARIZE_ANY)
      :: else -> drop(m, v, certs[v] & NOTARIZE_ANY)
      fi
    :: else
    fi;
    m++
  :: else -> break
  od
}

/* After each step. */
inline settle() {
  if
  :: v > 0 -> form_certificates(v)
  :: else
  fi;
#ifndef PLAIN
  v = 1;
  do
  :: v <= VIEWS -> forget_votes(); v++
  :: else -> break
  od;
#endif
  order_members(0, 1);
#if HONEST == 3
  order_members(1, 2);
  order_members(0, 1);
#endif
#ifndef PLAIN
  a = 1;
  do
  :: a <= VIEWS ->
    order_votes(0, 1);
#if HONEST == 3
    order_votes(1, 2);
    order_votes(0, 1);
#endif
    a++
  :: else -> break
  od;
#endif
  m = 0; v = 0; s = 0; p = 0; k = 0; t = 0; votable = 0
}

/* ---- what members do ------------------------------------------------------------------------- */

#ifdef PLAIN
#define content_due (kind[slot_of(v, s)] == NONE)
#else
#define content_due (votes(v, NOTARIZE(s)) + 1 == ENOUGH && !certified(v, NOTARIZE(s)))
#endif

inline tell_content() {
  printf("      slot %d.%d: ", v, s);
  if
  :: k == APPEND -> printf("append")
  :: k == SEAL -> printf("append of a seal")
  :: k == CARRY -> printf("carry")
  fi;
  printf(" on slot %d.%d, naming the block of slot %d.%d\n", view_of(p), p % 2, view_of(t), t % 2)
}

inline notarize() {
  s = 0;
  if
  :: skip
  :: votes(v, NOTARIZE(0)) > 0 -> s = 1
  fi;
  if
  :: !may_notarize(m, v, s) -> v = 0
  :: else ->
    if
    :: !content_due ->
      put(m, v, NOTARIZE(s));
      printf("view %d: a member notarizes slot %d.%d\n", v, v, s)
    :: else ->
#ifndef PLAIN
      d_step { make_first() }
#endif
      propose();
      d_step {
        if
        :: votable ->
          kind[slot_of(v, s)] = k; parent[slot_of(v, s)] = p; tip[slot_of(v, s)] = t;
          put(m, v, NOTARIZE(s));
          printf("view %d: a member notarizes slot %d.%d\n", v, v, s);
          tell_content()
        :: else -> v = 0
        fi
      }
    fi
  fi
}

/* Range votes in a view that members have left: of one member or, unless PLAIN, of all who may when
 * that makes a nullification. */
inline give_up() {
  v = 1;
  do :: v < VIEWS -> v++ :: break od;
  if
#ifdef PLAIN
  :: may_give_up(m, v) ->
    put(m, v, RANGE);
    printf("view %d: a member that has left it gives it up by a range\n", v)
#else
  :: !certified(v, NULLIFY) && givers_up(v) >= ENOUGH ->
    m = 0;
#ifdef REACH_GIVEN_UP_LATER
    given_up_later[v] = votes(v, NULLIFY_ANY) == 0;
#endif
    do
    :: m < HONEST ->
      if
      :: may_give_up(m, v) ->
        put(m, v, RANGE);
        printf("view %d: a member that has left it gives it up by a range\n", v)
      :: else
      fi;
      m++
    :: else -> break
    od
#endif
  :: else -> v = 0
  fi
}

init {
  d_step {
    certs[0] = NOTARIZE(0);
    member[0] = 1;
    member[1] = 1;
#if HONEST == 3
    member[2] = 1;
#endif
  }
  do
  :: atomic {
    if
    :: m = 0
    :: m = 1
#if HONEST == 3
    :: m = 2
#endif
    fi;
    v = current(m);
    if
    :: v <= VIEWS -> notarize()
    :: v <= VIEWS && may_nullify(m, v) ->
      put(m, v, NULLIFY);
      printf("view %d: a member nullifies\n", v)
    :: v <= VIEWS -> /* leave */
      do :: v < VIEWS -> v++ :: break od;
      if
      :: certs[v] != 0 ->
        printf("view %d: a member leaves for view %d\n", current(m), v + 1);
        member[m] = member[m] - current(m) + v + 1
      :: else
      fi;
      v = 0
#ifndef PLAIN
    :: m == 0 -> give_up()
#else
    :: give_up()
    :: v = 1; /* finalize */
      do :: v < VIEWS -> v++ :: break od;
      if :: s = 0 :: s = 1 fi;
#ifdef BREAK_FINALIZE_UNNOTARIZED
      if
      :: content_due ->
        propose();
        kind[slot_of(v, s)] = k;
        parent[slot_of(v, s)] = p;
        tip[slot_of(v, s)] = t;
        tell_content()
      :: else
      fi;
#endif
      if
      :: finalizable(v, s) && may_finalize(m, v, s) ->
        put(m, v, FINALIZE(s));
        printf("view %d: a member finalizes slot %d.%d\n", v, v, s)
      :: else -> v = 0
      fi
#endif
    :: v > VIEWS -> v = 0
    fi;
    d_step { settle() }
  }
  od
}
