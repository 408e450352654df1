/**
 * Words that guessers try first, bare: digits and marks at either end, casing and repetition are taken off before the
 * look-up. Short ones fail by their length already; they are here for what people build from them.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `password passw passwort passphrase motdepasse contrasena senha parola letmein letmeinnow letmeinplease welcome welcomehome
   changeme changemenow changeit pleasechangeme default defaultpassword administrator admin adminadmin administration root
   rootroot toor superuser superadmin sysadmin manager managers operator operations supervisor security secure secret
   topsecret mysecret mypassword thepassword yourpassword newpassword oldpassword temppassword temporary testpassword testing
   tester testtest guestguest guest user username qwerty qwertyuiop asdfghjkl zxcvbnm qazwsx qazwsxedc onetwothree iloveyou
   iloveyouso loveyou lovelove sunshine princess football baseball basketball superman batman spiderman dragon monkey
   shadow master masterkey trustno starwars pokemon whatever freedom computer internet michael jennifer jordan hunter
   killer summer winter spring autumn january february march april june july august september october november december
   monday tuesday wednesday thursday friday saturday sunday company corporate enterprise cloudify cloudifymanager holdfast
   holdfastmanager manageradmin adminmanager adminpassword passwordadmin passwordpassword rootpassword userpassword
   correcthorsebatterystaple correctbatteryhorsestaple opensesame abracadabra blahblah foobar foobarbaz letmeinadmin
   p@ssword p@ssw0rd passw0rd pa$$word pa$$w0rd`.split(/\s+/),
);
