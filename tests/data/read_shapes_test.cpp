// SPDX-License-Identifier: MIT
// Files of the shapes that people have: known data sets, exports of programs, and what comes when a
// download fails. Each is read right, or refused by a sentence that says what to do.
#include <ciess/data/read.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

/// The pairs by their external ids, in row order; or what reading complains about.
std::string got(const std::string& text, const ciess::read_options& options = {},
                const std::string& name = "file") {
  try {
    const auto l = ciess::parse_interactions(text, name, options);
    std::string out;
    for (ciess::row_id u = 0; u < l.data.users(); ++u)
      for (const auto i : l.data.items_of(u))
        out += (out.empty() ? "" : " ") + l.users.text(u) + ":" + l.items.text(i);
    return out;
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

std::vector<std::string> notes_of(const std::string& text,
                                  const ciess::read_options& options = {}) {
  return ciess::parse_interactions(text, "file", options).notes;
}

/// `first + k` in each of n lines, then a tail.
std::string lines(int n, int first, const std::string& tail) {
  std::string text;
  for (int k = 0; k < n; ++k) text += std::to_string(first + k) + tail + '\n';
  return text;
}

constexpr ciess::data_format delimited = ciess::data_format::delimited;

}  // namespace

TEST_CASE("files of known data sets are read", "[data]") {
  CHECK(got("196\t242\t3\t881250949\n186\t302\t3\t891717742\n") == "186:302 196:242");  // 100k
  CHECK(got("1::1193::5::978300760\n1::661::3::978302109\n") == "1:661 1:1193");        // 1M
  CHECK(got("1::122::4.5::838985046\n1::185::5::838983525\n") == "1:122 1:185");        // 10M
  CHECK(got("userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n") == "1:296");     // 25M
  CHECK(got("userId,movieId,tag,timestamp\n3,260,\"classic, old\",1439472355\n") == "3:260");
  CHECK(got("A2CX7,0439886341,1.0,1334707200\nA2GKR,0439886341,3.0,1335707200\n") ==
        "A2CX7:0439886341 A2GKR:0439886341");  // Amazon 2014
  CHECK(got("user_id,parent_asin,rating,timestamp,history\n"
            "AFKZ,B00YQ6X8EO,5.0,1588687728923,B01 B02\n") == "AFKZ:B00YQ6X8EO");  // 2023
  CHECK(got("review_id,user_id,business_id,stars,text,date\n"
            "KU,mh_,XQf,3.0,\"Nice, place\nreally\",2018-07-07 22:09:11\n") == "mh_:XQf");  // Yelp
  CHECK(got("00001411\ta0b6\tThe Beatles\t2137\n00001411\tb1c7\tPortishead\t1099\n"
            "0000bbbb\ta0b6\tThe Beatles\t12\n") ==
        "00001411:a0b6 00001411:b1c7 0000bbbb:a0b6");  // Last.fm 360K
  CHECK(got("userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n") == "2:51 2:52");
  CHECK(got("\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"7\";\"034545104X\";\"0\"\n") ==
        "7:034545104X");                                                // Book-Crossing
  CHECK(got("1 1 2.0\n1 2 4.0\n2 3 3.5\n") == "1:1 1:2 2:3");           // FilmTrust
  CHECK(got("1::2::9::5::0::2.5\n1::3::9::4::0::3.5\n") == "1:2 1:3");  // Ciao
  CHECK(got("timestamp,visitorid,event,itemid,transactionid\n"
            "1433221332117,257597,view,355908,\n") == "257597:355908");  // Retailrocket
  CHECK(got("t_dat,customer_id,article_id,price\n2018-09-20,000058a1,0663713001,0.05\n") ==
        "000058a1:0663713001");  // H&M
  CHECK(
      got("151603712,Skyrim,purchase,1.0,0\n151603712,The Elder Scrolls V,play,12.0,0\n"
          "151603712,Fallout 4,play,87.0,0\n59945701,Dota 2,play,0.9,0\n") ==
      "59945701:Dota 2 151603712:Skyrim 151603712:The Elder Scrolls V 151603712:Fallout 4");  // Steam
  CHECK(got("1488844,1,3,2005-09-06\n822109,1,5,2005-05-13\n") == "822109:1 1488844:1");
  CHECK(got("user_id,video_id,time,date,timestamp,watch_ratio\n"
            "0,3649,2020-07-05 00:08:23.438,20200705,1593878903.438,1.27\n") == "0:3649");
  CHECK(got("user_id,item_id,cat_id,seller_id,time_stamp,action_type\n"
            "328862,323294,833,2882,0829,0\n") == "328862:323294");  // Tmall
  CHECK(got("1,2268318,2520377,pv,1511544070\n1,2333346,2520771,buy,1511561733\n") ==
        "1:2268318 1:2333346");  // Taobao
  CHECK(got("user_id:token\titem_id:token\ttimestamp:float\n1\t2\t9.5\n", {}, "a.inter") == "1:2");
  CHECK(got("0 3 4 5\n1 3\n2 4 6\n3 4 7 8 9\n") ==
        "0:3 0:4 0:5 1:3 2:4 2:6 3:4 3:7 3:8 3:9");  // LightGCN
  CHECK(got("# Directed graph: soc-Epinions1.txt\n# FromNodeId\tToNodeId\n0\t4\n0\t5\n") ==
        "0:4 0:5");
  CHECK(got("% bip unweighted\n1 1\n1 2\n") == "1:1 1:2");  // KONECT
}

TEST_CASE("known data sets whose columns stand elsewhere are asked about", "[data]") {
  CHECK_THAT(got("0\t2010-10-19T23:55:27Z\t30.23\t-97.79\t22847\n"),
             ContainsSubstring("column 2 holds times"));  // Gowalla
  CHECK_THAT(got("user_1\t2009-05-04T23:08:57Z\tf1b1\tDeep Dish\t\tFuck\n"
                 "user_1\t2009-05-04T13:54:10Z\ta7f7\tMe\t\tIm Famous\n"),
             ContainsSubstring("column 2 holds times"));  // Last.fm 1K
  CHECK_THAT(got("1,2014-04-07T10:51:09.277Z,214536502,0\n"),
             ContainsSubstring("column 2 holds times"));  // YooChoose
  CHECK_THAT(got("B00005N7P0,A2CX7,5.0,1334707200\nB00005N7P0,A2GKR,3.0,1335707200\n"
                 "B00006L9LC,A2CX7,1.0,1335707300\n"),
             ContainsSubstring("column 1 holds numbers of articles, for example 'B00005N7P0'; "
                               "name them (--user, --item)"));  // Amazon 2018
  CHECK_THAT(got("0439886341,A2CX7,5.0,1334707200\n0306406152,A2GKR,3.0,1335707200\n"
                 "080442957X,A2CX7,1.0,1335707300\n"),
             ContainsSubstring("column 1 holds numbers of articles"));
  CHECK(got("0439886342,A2CX7,5.0\n0306406152,A2GKR,3.0\n080442957X,A2CX7,1.0\n") !=
        got("0439886341,A2CX7,5.0\n0306406152,A2GKR,3.0\n080442957X,A2CX7,1.0\n"));
  CHECK_THAT(got("1|24|M|technician|85711\n2|53|F|other|94043\n3|23|M|writer|32067\n"
                 "4|24|M|technician|43537\n"),
             ContainsSubstring("column 1 counts the lines"));  // MovieLens' users
  CHECK_THAT(got(lines(60, 1, "::F::1::10::48067")),
             ContainsSubstring("each user of column 1 comes once, and column 2 has few"));
  CHECK_THAT(got("sessionId;userId;itemId;eventdate\n1;NA;81766;2016-05-09\n1;NA;31331;2016-05-09\n"
                 "2;NA;32118;2016-05-09\n"),
             ContainsSubstring("file:2: expected a user id, got 'NA'"));  // Diginetica
  CHECK(got("sessionId;userId;itemId;eventdate\n1;NA;81766;2016-05-09\n", {.user = "sessionId"}) ==
        "1:81766");
  CHECK_THAT(got("1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n885013,4,2005-10-19\n"),
             ContainsSubstring("Netflix' lists of an `item:`"));
  CHECK_THAT(got("2 7 8\n3 7 9 11\n2 5 6\n4 1 2 3 9\n"),
             ContainsSubstring("how many others there are"));  // CiteULike
  CHECK_THAT(got("2 7 8\n2 7 9\n2 5 6\n"), ContainsSubstring("name the format"));
  CHECK_THAT(got("0 1 0 1\n1 0 0 1\n0 0 1 1\n"), ContainsSubstring("name the format"));
  CHECK_THAT(got("0,1,0,1\n1,0,0,1\n0,0,1,1\n"), ContainsSubstring("like a whole matrix"));
}

TEST_CASE("features of a model are no interactions", "[data]") {
  for (const char* text :
       {"5 1:1 7:1\n3 1:1 8:1\n", "1 853:1\n0 176:1\n", "-1 4:0.3 21:7e-1\n+1 3:1\n",
        "0 0:3:1 1:200:1\n1 0:4:1 1:100:1\n", "1 qid:1 1:0.5\n0 qid:1 1:0.25\n"}) {
    CHECK_THAT(got(text), ContainsSubstring("libsvm's `label index:value ...`") &&
                              ContainsSubstring("(--format)"));
    CHECK_THAT(got(text, {.format = ciess::data_format::adjacency}),
               !ContainsSubstring("expected"));
  }
  CHECK(got("ann b:1\nbob c:1\n") == "ann:b:1 bob:c:1");
  CHECK_THAT(got("5 |u user_1 |i item_2\n3 |u user_1 |i item_3\n"), ContainsSubstring("Vowpal"));
  CHECK_THAT(got("0: 1 2 3\n1: 4\n2: 5 6\n"), ContainsSubstring("does the colon belong to it?"));
}

TEST_CASE("other formats are named, not read as words", "[data]") {
  for (const char* text :
       {"{\"user\": 1, \"item\": 2}\n{\"user\": 1, \"item\": 3}\n", "{\"user\":1,\"item\":2}\n",
        "[{\"user\": 1, \"item\": 2},\n {\"user\": 1, \"item\": 3}]\n", "[[1, 2],\n [1, 3]]\n",
        "[\n  {\n    \"user\": 1\n  }\n]\n", "[1, 2, 3]\n[2, 4]\n", "{\n \"1\": [2, 3]\n}\n",
        "\n  {\"user\": 1, \"item\": 2}\r\n"})
    CHECK_THAT(got(text),
               ContainsSubstring("looks like JSON; `jq") && ContainsSubstring("--format"));
  CHECK_THAT(got("(1, 2)\n(1, 3)\n"), ContainsSubstring("a program's tuples"));
  for (const char* text : {"<!DOCTYPE html>\n<html>\n<p>Not found, sorry.</p>\n</html>\n",
                           "<html><body>You are being <a href=\"https://x.org/a,b\">sent</a>",
                           "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>\n"})
    CHECK_THAT(got(text), ContainsSubstring("a web page or XML"));
  CHECK_THAT(got("\\begin{tabular}{ll}\n1 & 2 \\\\\n"), ContainsSubstring("LaTeX"));
  CHECK_THAT(got("1 & 2 & 5 \\\\\n1 & 3 & 4 \\\\\n"), ContainsSubstring("LaTeX"));
  CHECK_THAT(got("@RELATION r\n@ATTRIBUTE u NUMERIC\n@DATA\n1,2\n"), ContainsSubstring("ARFF"));
  CHECK_THAT(got("INSERT INTO `r` VALUES (1,2);\n"), ContainsSubstring("SQL"));
  CHECK_THAT(got("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n"),
             ContainsSubstring("Git LFS"));
  CHECK_THAT(got("+---+---+\n| user | item |\n+---+---+\n| 1 | 2 |\n"),
             ContainsSubstring("a drawn table"));
  CHECK_THAT(got("| user | item |\n|---|---|\n| 1 | 2 |\n"),
             ContainsSubstring("file:2: expected data, got a drawn line"));
  CHECK_THAT(got("1 -> 10\n1 -> 11\n2 -> 10\n"), ContainsSubstring("nothing but signs"));
  CHECK_THAT(got("This set has ratings.\nIt was collected with care in 2003.\nEnjoy\n"),
             ContainsSubstring("name the format"));
  CHECK_THAT(got("Quota exceeded, try again later\n"), ContainsSubstring("name the delimiter"));
  // What begins so may be a table all the same.
  CHECK(got("<unk>,3\n<s>,4\n", {.format = delimited}) == "<unk>:3 <s>:4");
  CHECK(got("{a},3\nb,4\n") == "{a}:3 b:4");
  CHECK(got("[a],3\nb,4\n") == "[a]:3 b:4");
}

TEST_CASE("what spreadsheets and data frames add is known", "[data]") {
  CHECK(got("sep=;\nuser;item;rating\n1;10;5\n1;11;4\n") == "1:10 1:11");
  CHECK(got("sep=,\r\n1,10\r\n1,11\r\n") == "1:10 1:11");
  CHECK(got("sep=|\n1,5|10\n2,5|11\n") == "1,5:10 2,5:11");
  CHECK(got("\xEF\xBB\xBFsep=;\n1;10\n") == "1:10");
  CHECK(ciess::parse_interactions("sep=;\n1;10\n", "file").comments == 1);
  CHECK_THAT(got("sep=;\n1;10\n1;\n"), ContainsSubstring("file:3: expected item id"));
  CHECK_THAT(got("sep=;"), ContainsSubstring("file:2: expected interactions, got no line with"));
  CHECK_THAT(got("sep=;\n1,10\n2,11\n"), ContainsSubstring("got one field: '1,10'"));
  CHECK(got("sep=;\n1,10\n2,11\n", {.delimiter = ","}) == "1:10 2:11");
  // Row numbers, with and without names.
  CHECK(got(",user,item\n0,1,10\n1,1,11\n") == "1:10 1:11");
  CHECK(got("\"\",\"user\",\"item\"\n\"1\",1,10\n\"2\",1,11\n") == "1:10 1:11");
  CHECK(got("Unnamed: 0,user,item\n0,1,10\n1,1,11\n") == "1:10 1:11");
  CHECK(got("\tuser\titem\n0\t1\t10\n1\t1\t11\n") == "1:10 1:11");
  for (const char* text : {",who,what\n0,1,10\n1,1,11\n", ",a,b\n0,ann,book\n1,ann,film\n",
                           ",0,1\n0,5,10\n1,5,11\n", ",0\n0,5\n1,6\n", ",i1,i2\nu1,0,1\nu2,1,0\n"})
    CHECK_THAT(got(text), ContainsSubstring("file:1: begins with an empty field") &&
                              ContainsSubstring("--header") && ContainsSubstring("--user"));
  CHECK_THAT(got(",who,what\n0,1,10\n1,1,11\n", {.user = 1, .item = 2}),
             ContainsSubstring("--header"));
  CHECK(got(",who,what\n0,1,10\n", {.user = 1, .item = 2, .header = ciess::header_line::yes}) ==
        "1:10");
  CHECK(got(",1,10\n,1,11\n", {.user = 1, .item = 2}) == "1:10 1:11");
  CHECK_THAT(got("0,1,2\n5,10,4\n6,11,3\n"), ContainsSubstring("numbers of columns"));
  CHECK(got("0,1,2\n5,10,4\n", {.header = ciess::header_line::no}) == "0:1 5:10");
  CHECK_THAT(got("0,1\n5,10\n5,11\n6,10\n7,12\n"), ContainsSubstring("numbers of columns"));
  CHECK(got("0,1\n5,10\n5,11\n6,1\n7,12\n") == "0:1 5:10 5:11 6:1 7:12");
  CHECK_THAT(got("0,7,800\n1,7,801\n2,8,800\n3,9,805\n"), ContainsSubstring("counts the lines"));
  CHECK_THAT(got("1,ann,book\n2,ann,film\n3,bob,book\n4,bob,film\n"),
             ContainsSubstring("counts the lines"));
  CHECK(got("0\t25\t5\t978824351\n1\t133\t3\t978300174\n2\t207\t4\t978298504\n"
            "3\t208\t4\t978294282\n") == "0:25 1:133 2:207 3:208");  // a test part, a user a line
  CHECK_THAT(got("\"user\" \"item\"\n\"1\" 1 10\n\"2\" 1 11\n"),
             ContainsSubstring("file:2: expected 2 fields like the first line, got 3"));
  // Empty columns at the end.
  CHECK(got("user,item,rating,\n1,10,5,\n1,11,4,\n") == "1:10 1:11");
  CHECK(got("1,10,\n1,11,\n") == "1:10 1:11");
  CHECK_THAT(got("user,item\n1,10,\n"), ContainsSubstring("file:2: expected 2 fields"));
}

TEST_CASE("lists in a field are not ids", "[data]") {
  for (const char* text :
       {"user,items\n0,\"[1, 2, 3]\"\n1,\"[4]\"\n", "user,items\n0,1|2|3\n1,4\n",
        "session_id,items\n0,1 2 3\n1,4\n", "u1,i10|i11|i12\nu2,i13|i14\nu3,i10\n",
        "0\t1,2,3\n1\t4\n2\t5,6\n", "user,item\n1,\"1,234\"\n1,\"2,000\"\n2,5\n",
        "user_id:token\titem_id:token_seq\n1\t2 3\n2\t4\n"})
    CHECK_THAT(got(text), ContainsSubstring("expected one item in each field of column 2") &&
                              ContainsSubstring("name the format"));
  CHECK(got("user,items\n0,1|2|3\n1,4\n", {.format = delimited}) == "0:1|2|3 1:4");
  CHECK(got("user,item\n0,7 Samurai\n1,12 13\n2,8\n") == "0:7 Samurai 1:12 13 2:8");
  CHECK_THAT(got("'1','10'\n'1','11'\n"), ContainsSubstring("--quote"));
  CHECK(got("'1','10'\n'1','11'\n", {.quote = '\''}) == "1:10 1:11");
  CHECK(got("'1','10'\n'1','11'\n", {.quote = '\0'}) == "'1':'10' '1':'11'");
}

TEST_CASE("lines that do not belong to the table are not read as data", "[data]") {
  CHECK_THAT(got("user,item\n1,10\n1,11\nuser,item\n2,10\n"),
             ContainsSubstring("file:4: expected data, got the header again"));
  CHECK_THAT(got("user,item\nann,x\nbob,y\nuser,item\nann,z\n"),
             ContainsSubstring("file:4: expected data, got the header again"));
  CHECK_THAT(got("1,10\n1,11\n2,10\nuser,item\n"), ContainsSubstring("file:4: expected a user id"));
  CHECK_THAT(got("user,item,rating\n1,10,5\n2,10,3\nTotal,2,8\n"),
             ContainsSubstring("file:4: expected a user id, got 'Total'"));
  CHECK_THAT(got("user,item,rating\n1,10,5\n2,10,3\nTotal,,8\n"),
             ContainsSubstring("file:4: expected item id, got an empty field"));
  CHECK_THAT(got("user,item\n1,10\n2,11\n\nitem,name\n10,Book\n11,Film\n"),
             ContainsSubstring("file:5: expected a user id, got 'item'"));
  CHECK_THAT(got("user,item\n1,10\n1,11\n\n(2 rows affected)\n"), ContainsSubstring("file:5:"));
  CHECK_THAT(got("Ratings of 2020\nuser,item\n1,10\n"), ContainsSubstring("got one field"));
  CHECK_THAT(got("user,item\n1,10\nnan,11\n2,10\n"), ContainsSubstring("file:3: expected a user"));
  CHECK_THAT(got("user,item\n1,10\n3,11\n2,NULL\n"),
             ContainsSubstring("file:4: expected an item id, got 'NULL'"));
  CHECK(got("user,item\n1,10\n3,11\nadmin,11\n", {.format = delimited}) == "1:10 3:11 admin:11");
  CHECK(got("user,item\n1,10\n1,11\n\n\n") == "1:10 1:11");
  CHECK(got("user,item\r\n1,10\n1,11\r\n") == "1:10 1:11");
}

TEST_CASE("usual names that come again may be data", "[data]") {
  for (const char* text :
       {"student,course\nteacher,course\nstudent,book\n", "student,course\nann,tea\nbob,course\n",
        "user,item\nuser,film\nann,book\n"})
    CHECK_THAT(got(text), ContainsSubstring("file:1: names or data: ") &&
                              ContainsSubstring("(--header yes or no)"));
  const std::string text = "student,course\nteacher,course\n";
  CHECK(got(text, {.header = ciess::header_line::yes}) == "teacher:course");
  CHECK(got(text, {.header = ciess::header_line::no}) == "student:course teacher:course");
  CHECK(got("user,item\nitem,user\n") == "item:user");
}

TEST_CASE("columns of 0 and 1 that nobody named are told", "[data]") {
  const auto notes = notes_of("user,item,liked,purchased\n1,10,1,0\n1,11,0,1\n2,10,1,1\n");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0] ==
        "nothing but 0 and 1 in 'liked', 'purchased': if 0 means that nothing happened, "
        "name the column as label (--label)");
  CHECK(notes_of("1,10,5,0\n1,11,4,1\n").at(0).find("nothing but 0 and 1 in column 4") == 0);
  CHECK(notes_of("user,item,a,b,c,d\n1,10,1,0,0,0\n1,11,0,1,1,1\n")
            .at(0)
            .find("nothing but 0 and 1 in 'a', 'b', 'c': if") == 0);
  for (const char* none :
       {"user,item,liked\n1,10,1\n1,11,1\n", "user,item,liked\n1,10,0\n1,11,0.5\n2,11,1\n",
        "user,item,liked\n1,10,0\n1,11,\n2,11,1\n", "user,item,label,x\n1,10,1,0\n1,11,1,1\n",
        "user,item,a,b,c,d,e,f\n1,10,1,0,0,0,0,0\n1,11,0,1,1,1,1,1\n"})
    CHECK(notes_of(none).empty());
  const std::string liked = "user,item,liked\n1,10,1\n1,11,0\n";
  CHECK(notes_of(liked, {.label = ciess::column::none()}).empty());
  CHECK(got(liked, {.label = "liked"}) == "1:10");
}

TEST_CASE("ids are kept as they are written", "[data]") {
  CHECK(got("user,item\n00012,10\n12,11\n") == "00012:10 12:11");
  const auto zeros = notes_of("user,item\n01,10\n1,11\n");
  REQUIRE(zeros.size() == 1);
  CHECK(zeros[0] == "the user ids '01' and '1' are the same number, and count as two");
  CHECK_THAT(
      got("user,item\nu1,i1\nu2,None\n"),
      ContainsSubstring("file:3: expected an item id, got 'None': a missing value? to read"));
  CHECK(got("user,item\nu1,i1\nu2,None\n", {.format = delimited}) == "u1:i1 u2:None");
  CHECK(got("-1,10\n-2,11\n") == "-2:11 -1:10");
  CHECK(got("user,item\n1.0,10\n2.0,11\n") == "1.0:10 2.0:11");
  CHECK_THAT(got("user,item\n1.0,10\n1,11\n"), ContainsSubstring("are the same number"));
  CHECK(got("user,item\n1.0,10\n1,11\n", {.format = delimited}) == "1.0:10 1:11");
  CHECK_THAT(got("user,item\n1e5,10\n100000,11\n2e5,1\n"), ContainsSubstring("the same number"));
  const auto rounded = notes_of("user,item\n1.23E+09,10\n1.24E+09,11\n");
  REQUIRE(rounded.size() == 1);
  CHECK_THAT(rounded[0], ContainsSubstring("user ids have exponents, for example '1.23E+09'"));
  CHECK(got("user,item\nJos\xE9,10\nAnn,11\n") == "Jos\xE9:10 Ann:11");
}

TEST_CASE("times of another kind and lists of names are told", "[data]") {
  const ciess::read_options times{.times = true};
  const auto l =
      ciess::parse_interactions("user,item,date\n1,10,20200705\n1,11,20191231\n", "file", times);
  CHECK(l.notes.empty());
  CHECK(l.data.times()[0] == 1'593'907'200'000);
  const auto other = notes_of("user,item,time_stamp\n1,10,0829\n1,11,0901\n", times);
  REQUIRE(other.size() == 1);
  CHECK_THAT(other[0], ContainsSubstring("as if they counted from elsewhere than 1970"));
  for (const char* missing : {"0", "-1"}) {
    const std::string text =
        std::string("user,item,timestamp\n1,10,881250949\n1,11,") + missing + "\n2,11,881250950\n";
    CHECK_THAT(got(text, times), ContainsSubstring("file:3: expected a time, got '") &&
                                     ContainsSubstring("(--format)"));
    CHECK(got(text) == "1:10 1:11 2:11");
    CHECK(got(text, {.format = delimited, .times = true}) == "1:10 1:11 2:11");
  }
  std::string names;
  for (int k = 0; k < 20; ++k) names += "u" + std::to_string(k) + ",i" + std::to_string(k) + '\n';
  bool told = false;
  for (const auto& note : notes_of(names)) told |= note.find("no user and no item") == 0;
  CHECK(told);
  for (const auto& note : notes_of(names + "u1,i2\n"))
    CHECK_THAT(note, !ContainsSubstring("no user and no item"));
}
