/**
 * A port: the external directories that people may sign in through, by the names clients know (`ldap`, `saml`, `okta`,
 * …). None means that there are local accounts alone, which every installation has (rest-api §3.19, `idp`).
 */
export abstract class SignInMethods {
  abstract names(): readonly string[];
}

/** An installation without any directory. */
export class LocalSignIn extends SignInMethods {
  override names(): readonly string[] {
    return [];
  }
}
